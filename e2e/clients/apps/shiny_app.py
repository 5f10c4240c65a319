"""A Shiny page that answers what is typed."""
from shiny import App, render, ui

page = ui.page_fluid(ui.input_text("word", "A word"), ui.output_text("letters"))


def server(input, output, session):
    @render.text
    def letters():
        return f"{len(input.word())} letters"


app = App(page, server)
