using Tenon.Layers;
using static TorchSharp.torch.nn.utils.rnn;
using GRU = TorchSharp.Modules.GRU;
using LSTM = TorchSharp.Modules.LSTM;

namespace Tenon.Lstm;

/// <summary>
/// A stack of LSTM or GRU layers, computed by torch's fused kernels (oneDNN on a CPU, cuDNN on a GPU), in float32 at every precision.
/// Its module has torch's parameter names: <c>weight_ih_l0</c>, <c>weight_hh_l0</c>, <c>bias_ih_l0</c>, <c>bias_hh_l0</c>,
/// <c>weight_ih_l0_reverse</c>, …. B: batch, T: tokens, L: layers, D: directions, H: size of the state.
/// </summary>
internal sealed class RecurrentLayers
{
    private readonly RecurrentSizes _sizes;
    private readonly bool _hasDropout;

    /// <summary>Returns whether the layers drop outputs of each other in training, which torch draws without regard to rows.</summary>
    /// <param name="options">Resolved options.</param>
    public static bool DropOutputs(RecurrentOptions options) => options.Dropout > 0 && ResolvedOptions.Value(options.Layers) > 1;

    /// <summary>
    /// Creates the layers with torch's initial weights, drawn uniformly from ±1/√H, and 1 added to the bias of an LSTM's forget gate: its
    /// cell otherwise starts by forgetting half of its state in each step (Jozefowicz et al. 2015, section 2.2).
    /// </summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="dropout">Probability of dropping an output of a layer before the next one, in [0, 1).</param>
    /// <param name="context">The device.</param>
    public RecurrentLayers(RecurrentSizes sizes, double dropout, BuildContext context)
    {
        _sizes = sizes;
        // Torch warns about dropout between layers if there is only one.
        dropout = sizes.Layers > 1 ? dropout : 0;
        _hasDropout = dropout > 0;
        (int inputs, int hidden, int layers, bool both) = (sizes.EmbeddingSize, sizes.HiddenSize, sizes.Layers, sizes.Directions == 2);
        torch.Device device = context.Device;
        Module = device.type == DeviceType.META ? new RecurrentShapes(sizes)
            : sizes.Cell == RecurrentCell.Lstm
                ? torch.nn.LSTM(inputs, hidden, layers, batchFirst: true, dropout: dropout, bidirectional: both, device: device)
                : torch.nn.GRU(inputs, hidden, layers, batchFirst: true, dropout: dropout, bidirectional: both, device: device);
        if (Module is LSTM)
            RaiseForgetGates();
    }

    /// <summary>The module with the parameters. Owned by the module in which it is registered.</summary>
    public torch.nn.Module Module { get; }

    /// <summary>To be called after the mode of the model has changed.</summary>
    public void FollowMode()
    {
        // cuDNN computes gradients in train mode only, which is equivalent without dropout.
        if (!_hasDropout)
            Module.train();
    }

    /// <summary>The state before the first token: zeros.</summary>
    /// <param name="rows">B.</param>
    /// <param name="device">The device.</param>
    /// <returns>The hidden state, and the cell of an LSTM: [B, L·D, H] in the current dispose scope.</returns>
    public IReadOnlyList<Tensor> NewState(long rows, torch.Device device) =>
    [
        .. Enumerable.Range(0, _sizes.Cell == RecurrentCell.Lstm ? 2 : 1).Select(_ => torch.zeros(
            [rows, _sizes.Layers * _sizes.Directions, _sizes.HiddenSize], torch.ScalarType.Float32, device)),
    ];

    /// <summary>Reads vectors.</summary>
    /// <param name="input">float32 [B, T, size of the input]. Not disposed.</param>
    /// <param name="state">The state before them, as <see cref="NewState"/> returns it. Not disposed.</param>
    /// <param name="lengths">Number of vectors in each row, 1 … T; the rest of a row is padding. Null if there is no padding.</param>
    /// <returns>The output [B, T, D·H] and the state, in the current dispose scope.</returns>
    public StatePass Read(Tensor input, IReadOnlyList<Tensor> state, IReadOnlyList<long>? lengths)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] before = [.. state.Select(Swapped)]; // [B, L·D, H] -> [L·D, B, H]
        (Tensor output, Tensor[] after) = lengths is null ? Apply(input, before) : Apply(input, before, [.. lengths]);
        return new StatePass(output, Array.ConvertAll(after, Swapped)).MoveToOuterDisposeScope();
    }

    // The rows of a bias belong to the input, forget, cell and output gates, in this order.
    private void RaiseForgetGates()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        foreach ((string name, Parameter bias) in Module.named_parameters())
        {
            if (name.StartsWith("bias_ih", StringComparison.Ordinal))
                bias.narrow(0, _sizes.HiddenSize, _sizes.HiddenSize).add_(1);
        }
    }

    private static Tensor Swapped(Tensor tensor) => tensor.transpose(0, 1).contiguous();

    private (Tensor Output, Tensor[] State) Apply(Tensor input, Tensor[] state)
    {
        if (Module is LSTM lstm)
        {
            bool drops = _hasDropout && lstm.training;
            if (input.size(1) == 1 && _sizes.Directions == 1 && !drops && input.device_type == DeviceType.CPU && !torch.is_grad_enabled())
                return Step(input, state[0], state[1]);
            (Tensor output, Tensor hidden, Tensor cell) = lstm.call(input, (state[0], state[1]));
            return (output, [hidden, cell]);
        }

        (Tensor all, Tensor last) = ((GRU)Module).call(input, state[0]);
        return (all, [last]);
    }

    // One token, [B, 1, size of the input], by the formula of torch.nn.LSTM: oneDNN would reorder all weights for it.
    private (Tensor Output, Tensor[] State) Step(Tensor input, Tensor hidden, Tensor cell)
    {
        var (outputs, cells) = (new Tensor[_sizes.Layers], new Tensor[_sizes.Layers]);
        Tensor x = input.squeeze(1);
        for (int layer = 0; layer < _sizes.Layers; layer++)
        {
            // [B, H] each: input, forget, cell and output.
            Tensor[] gates = (Map(x, "ih", layer) + Map(hidden[layer], "hh", layer)).chunk(_sizes.Gates, 1);
            cells[layer] = gates[1].sigmoid() * cell[layer] + gates[0].sigmoid() * gates[2].tanh();
            outputs[layer] = x = gates[3].sigmoid() * cells[layer].tanh();
        }

        return (x.unsqueeze(1), [torch.stack(outputs), torch.stack(cells)]);

        Tensor Map(Tensor from, string part, int layer) => torch.nn.functional.linear(
            from, Module.get_parameter($"weight_{part}_l{layer}")!, Module.get_parameter($"bias_{part}_l{layer}")!);
    }

    // Rows of different lengths as torch packs them: a backward direction starts at the last vector of its row.
    private (Tensor Output, Tensor[] State) Apply(Tensor input, Tensor[] state, long[] lengths)
    {
        using PackedSequence packed = pack_padded_sequence(input, torch.tensor(lengths), batch_first: true, enforce_sorted: false);
        if (Module is LSTM lstm)
        {
            (PackedSequence output, Tensor hidden, Tensor cell) = lstm.call(packed, (state[0], state[1]));
            return (Padded(output, input.size(1)), [hidden, cell]);
        }

        (PackedSequence all, Tensor last) = ((GRU)Module).call(packed, state[0]);
        return (Padded(all, input.size(1)), [last]);
    }

    private static Tensor Padded(PackedSequence sequence, long length)
    {
        using (sequence)
            return pad_packed_sequence(sequence, batch_first: true, total_length: length).Item1;
    }
}

/// <summary>The parameters of <see cref="RecurrentLayers"/> on the meta device, where torch's own module cannot be created.</summary>
internal sealed class RecurrentShapes : NamedModule
{
    private static readonly string[] _directions = ["", "_reverse"];

    public RecurrentShapes(RecurrentSizes sizes) : base(nameof(RecurrentShapes))
    {
        int gates = sizes.Gates * sizes.HiddenSize;
        for (int layer = 0; layer < sizes.Layers; layer++)
        {
            foreach (string direction in _directions.Take(sizes.Directions))
            {
                Add($"weight_ih_l{layer}{direction}", gates, sizes.InputSize(layer));
                Add($"weight_hh_l{layer}{direction}", gates, sizes.HiddenSize);
                Add($"bias_ih_l{layer}{direction}", gates);
                Add($"bias_hh_l{layer}{direction}", gates);
            }
        }

        void Add(string name, params long[] shape) =>
            register_parameter(name, new Parameter(torch.empty(shape, torch.ScalarType.Float32, torch.META)));
    }
}
