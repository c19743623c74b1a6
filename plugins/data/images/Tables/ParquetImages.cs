using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Tenon.Images.Tables;

/// <summary>Columns to read.</summary>
/// <param name="Image">Encoded images.</param>
/// <param name="Label">Classes, or null for none.</param>
/// <param name="Caption">Captions, or null for none.</param>
internal sealed record ParquetColumns(string Image, string? Label, string? Caption);

/// <summary>Encoded images read from a Parquet file, with null for rows that have no value.</summary>
internal sealed record EncodedRows(byte[]?[] Images, string?[]? Labels, string?[]? Captions, IReadOnlyList<string>? LabelNames);

/// <summary>Reads images from Parquet files in the format of Hugging Face data sets, or with plain byte columns.</summary>
internal static class ParquetImages
{
    private const string Bytes = "bytes";
    private const string Text = "text";

    /// <summary>Reads the columns of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Their names.</param>
    /// <exception cref="DataException">The file is not a Parquet file, or a column is missing.</exception>
    public static EncodedRows Read(string path, ParquetColumns columns)
    {
#pragma warning disable CA1031 // The library throws exceptions of any type for damaged files.
        try
        {
            ParquetFooter.Check(path);

            // Opening is synchronous by contract; the worker thread has no synchronization context to deadlock on.
            return Task.Run(() => ReadAsync(path, columns)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not DataException)
        {
            throw new DataException($"'{path}' cannot be read as Parquet: {e.Message.ReplaceLineEndings(" ")} Download the file again or " +
                "use another one.", e);
        }
#pragma warning restore CA1031
    }

    private static async Task<EncodedRows> ReadAsync(string path, ParquetColumns columns)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
        DataField image = Field(reader, path, "imageColumn", columns.Image, Bytes);
        DataField? label = columns.Label is { } l ? Field(reader, path, "labelColumn", l) : null;
        DataField? caption = columns.Caption is { } c ? Field(reader, path, "captionColumn", c, Text) : null;

        long fileLength = new FileInfo(path).Length;
        var images = new List<byte[]?>();
        var labels = new List<string?>();
        var captions = new List<string?>();
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
            CheckCounts(rows, fileLength, [image, label, caption]);
            var read = new ColumnReader(rows, path);
            images.AddRange(await read.Bytes(image).ConfigureAwait(false));
            if (label is not null)
                labels.AddRange(await read.Texts(label).ConfigureAwait(false));
            if (caption is not null)
                captions.AddRange(await read.Texts(caption).ConfigureAwait(false));
        }

        return new EncodedRows(
            [.. images], label is null ? null : [.. labels], caption is null ? null : [.. captions],
            LabelNames(reader, path, columns.Label));
    }

    // Memory is allocated for these counts before anything is read. An image has at least one byte, so there are no more than bytes.
    private static void CheckCounts(ParquetRowGroupReader rows, long fileLength, IEnumerable<DataField?> fields)
    {
        long[] counts = [rows.RowCount, .. fields.OfType<DataField>().Select(field => rows.GetMetadata(field)?.MetaData?.NumValues ?? 0)];
        if (counts.Any(count => count < 0 || count > fileLength))
            throw new InvalidDataException($"It has {fileLength:N0} bytes, but a group of {counts.Max():N0} rows.");
    }

    private static DataField Field(ParquetReader reader, string path, string option, string name, string? type = null)
    {
        DataField? field = reader.Schema.DataFields.FirstOrDefault(f => Name(f) == name)
            ?? (type == Bytes ? reader.Schema.DataFields.FirstOrDefault(f => Name(f) == $"{name}.bytes") : null);
        string present = string.Join(", ", reader.Schema.DataFields.Select(f => $"'{Name(f)}' ({Type(f)})"));
        if (field is null)
            throw new DataException($"'{path}' has no column '{name}' ('{option}'). It has {present}. Set '{option}' to one of them.");
        return type is null || Type(field) == type
            ? field
            : throw new DataException(
                $"'{path}': '{option}' names '{name}', which is {Type(field)}, not {type}. The columns are {present}.");
    }

    private static string Name(DataField field) => field.Path.ToString().Replace('/', '.');

    private static string Type(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<byte>) ? Bytes : field.ClrType == typeof(ReadOnlyMemory<char>) ? Text : field.ClrType.Name;

    // Hugging Face datasets store class names in the file's metadata: {"info": {"features": {"label": {"names": [...]}}}}.
    private static string[]? LabelNames(ParquetReader reader, string path, string? label)
    {
        if (label is null || !reader.CustomMetadata.TryGetValue("huggingface", out string? json))
            return null;
        try
        {
            return JsonNode.Parse(json)?["info"]?["features"]?[label]?["names"]?.AsArray().Select(name => name!.GetValue<string>())
                .ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DataException($"'{path}': the entry 'huggingface' of the file's metadata is malformed: {e.Message} Set " +
                "'labelNames'.", e);
        }
    }

    /// <summary>Reads the columns of one row group.</summary>
    private sealed class ColumnReader(ParquetRowGroupReader rows, string path)
    {
        private readonly int _count = checked((int)rows.RowCount);

        public Task<byte[]?[]> Bytes(DataField field) => Values<ReadOnlyMemory<byte>, byte[]>(field, value => value.ToArray());

        public Task<string?[]> Texts(DataField field) => field.ClrType switch
        {
            var type when type == typeof(ReadOnlyMemory<char>) => Values<ReadOnlyMemory<char>, string>(field, value => value.ToString()),
            var type when type == typeof(long) => Numbers<long>(field),
            var type when type == typeof(ulong) => Numbers<ulong>(field),
            var type when type == typeof(int) => Numbers<int>(field),
            var type when type == typeof(uint) => Numbers<uint>(field),
            var type when type == typeof(short) => Numbers<short>(field),
            var type when type == typeof(ushort) => Numbers<ushort>(field),
            var type when type == typeof(byte) => Numbers<byte>(field),
            var type when type == typeof(sbyte) => Numbers<sbyte>(field),
            _ => throw new DataException(
                $"'{path}': '{Name(field)}' is {Type(field)}; labels must be whole numbers or texts. Set 'labelColumn' to another column."),
        };

        private Task<string?[]> Numbers<T>(DataField field) where T : struct, IFormattable =>
            Values<T, string>(field, value => value.ToString(null, CultureInfo.InvariantCulture));

        // The library's arrays of nullable values are misaligned if a value in a struct is missing, so the definition levels are read
        // here. A value is present if it and all of its optional parents are (Dremel; Melnik et al. 2010, section 4.1).
        private async Task<TResult?[]> Values<T, TResult>(DataField field, Func<T, TResult> convert) where T : struct where TResult : class
        {
            if (field.MaxRepetitionLevel > 0)
                throw new DataException($"'{path}': '{Name(field)}' is a list; each row must have one value. Use another column.");
            using RawColumnData raw = await rows.ReadRawColumnDataBaseAsync(field).ConfigureAwait(false);
            var column = (RawColumnData<T>)raw;
            var results = new TResult?[_count];
            for (int row = 0, next = 0; row < _count; row++)
            {
                if (field.MaxDefinitionLevel == 0 || column.DefinitionLevels[row] == field.MaxDefinitionLevel)
                    results[row] = convert(column.Values[next++]);
            }

            return results;
        }
    }
}
