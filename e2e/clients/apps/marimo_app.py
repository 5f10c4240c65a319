"""A marimo notebook that runs as an application."""
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    word = mo.ui.text(label="A word")
    word
    return mo, word


@app.cell
def _(mo, word):
    mo.md(f"{len(word.value)} letters")
    return


if __name__ == "__main__":
    app.run()
