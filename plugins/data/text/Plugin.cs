[assembly: Tenon.Plugin("tenon.text",
    "Text data: SDK documentation, text files, labelled texts, text pairs, questions, prompts with answers, arithmetic, sequences, preferences")]
