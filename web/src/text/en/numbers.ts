// Numbers as English has them.

const format = new Intl.NumberFormat("en");

/** 1,240 */
export const count = (n: number) => format.format(n);
export const people = (n: number) => (n === 1 ? "1 person" : `${count(n)} people`);
export const servers = (n: number) => (n === 1 ? "1 server" : `${count(n)} servers`);
