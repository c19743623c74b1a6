[assembly: Tenon.Plugin("tenon.images", "Images to learn from: digits, Fashion-MNIST, glyphs, emoji, folders, IDX files, CSV and Parquet tables")]
