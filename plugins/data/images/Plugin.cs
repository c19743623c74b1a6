[assembly: Tenon.Plugin("tenon.images", "Image data: digits, Fashion-MNIST, glyphs, emoji, folders, IDX files, CSV and Parquet tables")]
