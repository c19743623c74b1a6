[assembly: Tenon.Plugin("tenon.text",
    "Text data: SDK documentation, text files, labelled texts, text pairs, prompts with answers, arithmetic, sequences, preferences")]
