[assembly: Tenon.Plugin(
    "tenon.tokenizers", "Tokenizers: bytes, byte-pair encoding, WordPiece, the vocabularies of GPT-2 and BERT, Hugging Face folders")]
