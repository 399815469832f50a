// Asks for the API key, once; whoever called waits until it is given.

export function ask(refusal) {
  const dialog = document.getElementById("key");
  const input = document.getElementById("key-value");
  const why = document.getElementById("key-why");
  if (refusal) why.textContent = `${refusal} Try another.`;
  input.value = "";
  return new Promise((resolve) => {
    const done = () => {
      const value = input.value.trim();
      // Nothing can be shown without it, so closing by Esc asks again.
      if (!value) return dialog.showModal();
      // No request could carry it.
      if (/[^\x21-\x7e]/.test(value)) {
        why.textContent = "A key has Latin letters, digits and signs alone, and no blanks. Try another.";
        return dialog.showModal();
      }
      dialog.removeEventListener("close", done);
      resolve(value);
    };
    dialog.addEventListener("close", done);
    dialog.showModal();
  });
}
