"""A Streamlit page that counts what is uploaded."""
import streamlit as st

st.title("Counting")
file = st.file_uploader("A file")
if file is not None:
    st.write(f"{file.name} has {len(file.getvalue())} bytes")
