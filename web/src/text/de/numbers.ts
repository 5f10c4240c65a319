// Numbers as German has them.

const format = new Intl.NumberFormat("de");

export const count = (n: number) => format.format(n);
export const people = (n: number) => (n === 1 ? "1 Person" : `${count(n)} Personen`);
export const servers = (n: number) => `${count(n)} Server`;
/** An exact amount of credits, "1240 43/60", with its whole part as the language writes it. */
export const exactly = (exact: string) => exact.replace(/^-?\d+(?![\d/])/, (whole) => count(Number(whole)));
