export default { title: 'Button', render: () => '<button>Buy</button>' };
export const Plain = {};
