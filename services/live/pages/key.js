// Asks for the API key, once; whoever called waits until it is given.

export function ask(isWrong) {
  const dialog = document.getElementById("key");
  const input = document.getElementById("key-value");
  const why = document.getElementById("key-why");
  if (isWrong) why.textContent = "That key was not accepted. Try another.";
  input.value = "";
  return new Promise((resolve) => {
    const done = () => {
      const value = input.value.trim();
      // Nothing can be shown without it, so closing by Esc asks again.
      if (!value) return dialog.showModal();
      dialog.removeEventListener("close", done);
      resolve(value);
    };
    dialog.addEventListener("close", done);
    dialog.showModal();
  });
}
