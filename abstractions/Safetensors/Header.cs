using System.Text.Json;
using System.Text.Unicode;

namespace Tenon.Safetensors;

/// <summary>
/// The JSON header between the 8-byte length and the data: reading it validates every rule of the format, so that code that
/// copies bytes afterwards need not validate again.
/// </summary>
internal sealed class Header
{
    /// <summary>Maximum header size in bytes, as in the reference implementation.</summary>
    public const int MaximumLength = 100_000_000;

    private const string MetadataKey = "__metadata__";
    private readonly string file;
    private readonly Dictionary<string, string> metadata = [];
    private readonly Dictionary<string, SafetensorInfo> tensors = [];

    private Header(string file) => this.file = file;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    public IReadOnlyDictionary<string, SafetensorInfo> Tensors => tensors;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="utf8">The header's bytes.</param>
    /// <param name="dataLength">Bytes in the file after the header.</param>
    /// <exception cref="SafetensorsException">The header breaks a rule of the format.</exception>
    public static Header Parse(string file, ReadOnlyMemory<byte> utf8, long dataLength)
    {
        var header = new Header(file);
        if (!Utf8.IsValid(utf8.Span))
            throw header.Refuse("the header is not valid UTF-8.");
        if (utf8.Length == 0 || utf8.Span[0] != (byte)'{')
            throw header.Refuse("the header does not start with '{', as the format requires.");
        try
        {
            using var json = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                    header.ReadMetadata(property.Value);
                else
                    header.tensors.Add(property.Name, header.ReadTensor(property.Name, property.Value));
            }
        }
        catch (JsonException e)
        {
            throw header.Refuse($"the header is not a JSON object with unique keys: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Thrown by System.Text.Json for an escape such as \ud800 that is not a character.
            throw header.Refuse($"a string in the header is not valid text: {e.Message}", e);
        }

        header.CheckLayout(dataLength);
        return header;
    }

    /// <summary>Writes a header, padded with spaces so that the data after it starts at a multiple of 8 bytes.</summary>
    public static byte[] Write(IEnumerable<KeyValuePair<string, string>> metadata, IEnumerable<(string Name, SafetensorInfo Info)> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer,
            new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
            foreach (var (name, info) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", DTypes.Name(info.DType));
                json.WriteStartArray("shape");
                foreach (var size in info.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(info.Begin);
                json.WriteNumberValue(info.End);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private void ReadMetadata(JsonElement element)
    {
        // The reference implementation treats null like a missing object.
        if (element.ValueKind == JsonValueKind.Null)
            return;
        if (element.ValueKind != JsonValueKind.Object)
            throw Refuse($"{MetadataKey} is {Describe(element)}, not an object of strings.");
        foreach (var property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw Refuse($"{MetadataKey}.{property.Name} is {Describe(property.Value)}, not a string.");
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private SafetensorInfo ReadTensor(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Refuse($"tensor '{name}' is {Describe(element)}, not an object with dtype, shape and data_offsets.");
        SafetensorsDType? dtype = null;
        long[]? shape = null, offsets = null;
        foreach (var field in element.EnumerateObject())
        {
            switch (field.Name)
            {
                case "dtype":
                    dtype = ReadDType(name, field.Value);
                    break;
                case "shape":
                    shape = ReadNumbers(name, field);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(name, field);
                    break;
                default:
                    throw Refuse($"tensor '{name}' has the unknown field '{field.Name}'; the format has dtype, shape and data_offsets.");
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            var missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw Refuse($"tensor '{name}' has no {missing}.");
        }

        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Refuse($"tensor '{name}' has data_offsets [{string.Join(", ", offsets)}]; they must be [begin, end] with begin <= end.");
        var info = new SafetensorInfo(dtype.Value, shape, offsets[0], offsets[1]);
        var length = ByteLength(name, info);
        if (info.Length != length)
        {
            throw Refuse($"tensor '{name}' is {DTypes.Name(info.DType)} of shape [{string.Join(", ", shape)}], which is {length} bytes, " +
                $"but its data_offsets [{info.Begin}, {info.End}] contain {info.Length}.");
        }

        return info;
    }

    private SafetensorsDType ReadDType(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String || !DTypes.TryParse(element.GetString()!, out var dtype))
            throw Refuse($"tensor '{name}' has the dtype {element.GetRawText()}; the format has {DTypes.Names}.");
        return dtype;
    }

    private long[] ReadNumbers(string name, JsonProperty field)
    {
        if (field.Value.ValueKind != JsonValueKind.Array)
            throw Refuse($"tensor '{name}': {field.Name} is {Describe(field.Value)}, not an array of whole numbers.");
        return field.Value.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
                ? number
                : throw Refuse($"tensor '{name}': {field.Name} contains {item.GetRawText()}, which is not a whole number from 0 to " +
                    $"{long.MaxValue}.")).ToArray();
    }

    private long ByteLength(string name, SafetensorInfo info)
    {
        try
        {
            // A zero must not hide dimensions whose strides overflow, so empty dimensions count as 1 until the end.
            var bits = (long)DTypes.Bits(info.DType);
            foreach (var size in info.Shape)
                bits = checked(bits * Math.Max(size, 1));
            if (info.Shape.Contains(0))
                return 0;
            return bits % 8 == 0 ? bits / 8 : throw Refuse($"tensor '{name}' does not end on a whole byte: {bits} bits.");
        }
        catch (OverflowException e)
        {
            throw Refuse($"tensor '{name}' has the shape [{string.Join(", ", info.Shape)}], whose size overflows 64 bits.", e);
        }
    }

    private void CheckLayout(long dataLength)
    {
        long position = 0;
        foreach (var (name, info) in tensors.OrderBy(t => t.Value.Begin).ThenBy(t => t.Value.End))
        {
            if (info.Begin != position)
            {
                var what = info.Begin < position
                    ? "overlaps the tensor before it, which ends" : "leaves a hole after the tensor before it, which ends";
                throw Refuse($"tensor '{name}' begins at byte {info.Begin} and {what} at {position}.");
            }

            position = info.End;
        }

        if (position != dataLength)
        {
            throw Refuse(position > dataLength
                ? $"the tensors end at byte {position} of the data, but the file has only {dataLength}: it is truncated. Download it again."
                : $"the tensors end at byte {position} of the data, but the file has {dataLength - position} bytes more.");
        }
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a boolean",
    };

    private SafetensorsException Refuse(string reason, Exception? cause = null) => new(file, reason, cause);
}
