[assembly: Tenon.Plugin("tenon.tokenizers", "Tokenizers: bytes, byte-pair encoding, GPT-2's vocabulary, Hugging Face folders")]
