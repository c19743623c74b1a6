[assembly: Tenon.Plugin("tenon.images", "Images to learn from: digits, Fashion-MNIST, folders, IDX files, CSV and Parquet tables")]
