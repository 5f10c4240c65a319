// Numbers as English has them.

const format = new Intl.NumberFormat("en");

/** 1,240 */
export const count = (n: number) => format.format(n);
export const people = (n: number) => (n === 1 ? "1 person" : `${count(n)} people`);
export const servers = (n: number) => (n === 1 ? "1 server" : `${count(n)} servers`);
/** An exact amount of credits, "1240 43/60", with its whole part as the language writes it. */
export const exactly = (exact: string) => exact.replace(/^-?\d+(?![\d/])/, (whole) => count(Number(whole)));
