import type { Quota } from "../en/quota";
import { count, exactly } from "./numbers";

export const quota: Quota = {
  unlimited: "unbegrenzt",
  credits: (exact) => (exact === "1" ? "1 Credit" : `${exactly(exact)} Credits`),
  available: (n) => `${count(n)} davon für keinen Server vorgemerkt`,
  little: (least) => `zu wenig für einen Start, der ${count(least)} braucht`,
  kept: (exact) =>
    `Nichts wird abgezogen. ${exactly(exact)} Credits bleiben für später, wenn es wieder eine Grenze gibt.`,
  cell: {
    edit: (name, has, exact) => `Kontingent von ${name} ändern: ${has} (${exact})`,
    field: (name) => `Kontingent von ${name}`,
    save: "Kontingent speichern",
    wrong: (most) => `Eine ganze Zahl von 0 bis ${count(most)}, oder „unbegrenzt“.`,
    failed: "Nicht gespeichert.",
  },
};
