// Numbers as German has them.

const format = new Intl.NumberFormat("de");

export const count = (n: number) => format.format(n);
export const people = (n: number) => (n === 1 ? "1 Person" : `${count(n)} Personen`);
export const servers = (n: number) => `${count(n)} Server`;
