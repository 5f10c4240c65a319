import "./styles";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { readData } from "./data";

const root = document.getElementById("root");
if (root) {
  const data = readData();
  setNonce(data.nonce); // dialogs add a style of their own while they are open
  createRoot(root).render(
    <StrictMode>
      <App data={data} path={window.location.pathname} />
    </StrictMode>,
  );
}
