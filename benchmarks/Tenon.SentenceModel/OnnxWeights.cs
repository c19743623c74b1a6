using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.SentenceModel;

/// <summary>A tensor of float32 numbers.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Its numbers, row by row.</param>
internal sealed record OnnxTensor(long[] Shape, float[] Values)
{
    /// <summary>Returns the matrix with rows and columns exchanged.</summary>
    public OnnxTensor Transposed()
    {
        (int rows, int columns) = ((int)Shape[0], (int)Shape[1]);
        var values = new float[Values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                values[column * rows + row] = Values[row * columns + column];
        }

        return new OnnxTensor([columns, rows], values);
    }
}

/// <summary>
/// The weights of an ONNX file (a protobuf <c>ModelProto</c>) by the names that they had in PyTorch. The exporter keeps all
/// names except those of the weights of linear maps: they are transposed operands of <c>MatMul</c>, and the <c>Add</c> after it
/// has the bias, whose name identifies the layer.
/// </summary>
internal static class OnnxWeights
{
    // Field numbers of onnx.proto3.
    private const int ModelGraph = 7, GraphNode = 1, GraphInitializer = 5, NodeInput = 1, NodeOutput = 2, NodeOperator = 4;
    private const int TensorShape = 1, TensorType = 2, TensorName = 8, TensorBytes = 9, Float = 1;
    private const string Bias = ".bias", Weight = ".weight";

    /// <summary>Reads the float32 weights that have names.</summary>
    /// <param name="model">Content of the file.</param>
    public static SortedDictionary<string, OnnxTensor> Read(ReadOnlyMemory<byte> model)
    {
        var initializers = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        List<Node> nodes = [];
        foreach ((int field, ReadOnlyMemory<byte> part) in Protobuf.Parts(
            Protobuf.Parts(model).Single(entry => entry.Field == ModelGraph).Value))
        {
            if (field == GraphNode)
                nodes.Add(Node.Read(part));
            else if (field == GraphInitializer && Tensor(part) is var (name, tensor))
                initializers[name] = tensor;
        }

        var named = new SortedDictionary<string, OnnxTensor>(
            initializers.Where(entry => entry.Key.Contains('.', StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal);
        foreach (Node product in nodes.Where(node => node.Operator == "MatMul" && initializers.ContainsKey(node.Inputs[1])))
        {
            Node sum = nodes.Single(node => node.Operator == "Add" && node.Inputs.Contains(product.Output, StringComparer.Ordinal));
            string bias = sum.Inputs.Single(input => input.EndsWith(Bias, StringComparison.Ordinal));
            named.Add(bias[..^Bias.Length] + Weight, initializers[product.Inputs[1]].Transposed());
        }

        return named;
    }

    private static (string Name, OnnxTensor Tensor)? Tensor(ReadOnlyMemory<byte> content)
    {
        List<(int Field, ReadOnlyMemory<byte> Value)> parts = [.. Protobuf.Parts(content)];
        long[] shape = [.. Protobuf.Numbers(content, TensorShape)];
        if (Protobuf.Numbers(content, TensorType).Single() != Float)
            return null;
        string name = Encoding.UTF8.GetString(parts.Single(part => part.Field == TensorName).Value.Span);
        return (name,
            new OnnxTensor(shape, MemoryMarshal.Cast<byte, float>(parts.Single(part => part.Field == TensorBytes).Value.Span).ToArray()));
    }

    private sealed record Node(string Operator, string[] Inputs, string Output)
    {
        public static Node Read(ReadOnlyMemory<byte> content)
        {
            ILookup<int, string> texts = Protobuf.Parts(content).Where(part => part.Field is NodeInput or NodeOutput or NodeOperator)
                .ToLookup(part => part.Field, part => Encoding.UTF8.GetString(part.Value.Span));
            return new Node(texts[NodeOperator].Single(), [.. texts[NodeInput]], texts[NodeOutput].First());
        }
    }
}
