import "./styles";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { readData } from "./data";
import { loadPage } from "./pages/Page";

const root = document.getElementById("root");
if (root) {
  const data = readData();
  setNonce(data.nonce); // dialogs add a style of their own while they are open
  const path = window.location.pathname;
  const show = () =>
    createRoot(root).render(
      <StrictMode>
        <App data={data} path={path} />
      </StrictMode>,
    );
  // What does not load is asked for again by the page itself, which says so.
  loadPage(path, data).then(show, show);
}
