export const dynamic = 'force-dynamic';

export default async function Page() {
  const response = await fetch(process.env.UPSTREAM, { cache: 'no-store' });
  return <p>{String((await response.json()).ok)}</p>;
}
