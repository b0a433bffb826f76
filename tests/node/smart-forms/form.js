// Smart Forms (@aehrc/smart-forms-renderer) as a page that a test drives: window.SmartForms.
import { BaseRenderer, RendererThemeProvider, buildForm, getResponse, useRendererQueryClient } from "@aehrc/smart-forms-renderer";
import { QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

function Form() {
  const client = useRendererQueryClient();
  const form = createElement(QueryClientProvider, { client }, createElement(BaseRenderer));
  return createElement(RendererThemeProvider, null, form);
}

window.SmartForms = {
  /** Show a Questionnaire (R4), filled with a response where there is one. */
  async show(questionnaire, questionnaireResponse) {
    // else it asks a server on the internet; our value sets are in the Questionnaire
    const terminologyServerUrl = `${location.origin}/no-terminology-server`;
    await buildForm({ questionnaire, questionnaireResponse, terminologyServerUrl });
    createRoot(document.getElementById("form")).render(createElement(Form));
  },
  response: () => getResponse(),
};
