interface Answer {
  ok: boolean;
}

async function main(): Promise<void> {
  const response = await fetch(String(process.env['UPSTREAM']));
  console.log(((await response.json()) as Answer).ok);
}

void main();
