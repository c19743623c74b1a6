[assembly: Tenon.Plugin("tenon.text", "Text to learn from: SDK documentation, text files, labelled texts, text pairs, preferences")]
