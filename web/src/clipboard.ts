/**
 * Copies a text. Browsers have a clipboard for pages of secure origins alone, and a hub may be reached over plain HTTP
 * within a lecture hall: there the text is selected and copied as a person would do it. False where neither works.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "hidden";
  // Within the dialog that is open: what lies beside it gets no focus.
  (document.activeElement?.closest('[role="dialog"]') ?? document.body).append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
  }
}
