using TorchSharp;

namespace Tenon;

/// <summary>Names of tensors in a <see cref="Batch"/>, as in Hugging Face transformers.</summary>
public static class BatchNames
{
    /// <summary>Token ids, int64 [B, T].</summary>
    public const string InputIds = "input_ids";

    /// <summary>The decoder's token ids in a model with an encoder, int64 [B, T].</summary>
    public const string DecoderInputIds = "decoder_input_ids";

    /// <summary>1 for a token, 0 for padding, int64 [B, T].</summary>
    public const string AttentionMask = "attention_mask";

    /// <summary>Position of each token in its sequence, int64 [B, T]. By default, tokens are numbered consecutively.</summary>
    public const string PositionIds = "position_ids";

    /// <summary>Packed rows: the number of the sequence that each token belongs to, from 1; 0 for padding. int64 [B, T].</summary>
    public const string SequenceIds = "sequence_ids";

    /// <summary>Segment of each token (0 or 1), int64 [B, T].</summary>
    public const string TokenTypeIds = "token_type_ids";

    /// <summary>Targets, int64: [B, T] with -100 at ignored positions, or [B] classes.</summary>
    public const string Labels = "labels";

    /// <summary>Whether the second text follows the first, int64 [B]: 0 follows, 1 does not (as in BERT).</summary>
    public const string NextSentenceLabel = "next_sentence_label";

    /// <summary>Position of the first token of the answer, int64 [B]; that of the first token of the row if there is none.</summary>
    public const string StartPositions = "start_positions";

    /// <summary>Position of the last token of the answer, int64 [B]; that of the first token of the row if there is none.</summary>
    public const string EndPositions = "end_positions";

    /// <summary>Images, float32 [B, C, H, W], normalized as the model expects.</summary>
    public const string PixelValues = "pixel_values";

    /// <summary>Classes that condition a generator, int64 [B].</summary>
    public const string ClassLabels = "class_labels";

    /// <summary>Margin by which each preferred response is better, float32 [B].</summary>
    public const string Margins = "margins";

    /// <summary>The value of <see cref="Labels"/> at ignored positions.</summary>
    public const long Ignored = -100;
}

/// <summary>
/// Named tensors for one forward pass. Owns them: disposing the batch disposes every tensor in it. Not thread-safe.
/// </summary>
public sealed class Batch : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Takes ownership of the tensors and detaches them from their dispose scope.</summary>
    /// <param name="tensors">By name (<see cref="BatchNames"/>); owned by the batch from now on.</param>
    /// <param name="examples">Number of examples in the batch, at least 1.</param>
    /// <param name="targets">
    /// Number of terms in the model's mean loss: tokens with a label, images, noise values. Micro-batches are weighted by it,
    /// so accumulation gives the loss and gradient of one large batch.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A count is below its minimum (examples 1, targets 0).</exception>
    public Batch(IEnumerable<KeyValuePair<string, Tensor>> tensors, long examples, long targets)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(targets);
        _tensors = new Dictionary<string, Tensor>(tensors, StringComparer.Ordinal);
        foreach (Tensor tensor in _tensors.Values)
            tensor.DetachFromDisposeScope();
        Examples = examples;
        Targets = targets;
    }

    /// <summary>Number of examples in the batch.</summary>
    public long Examples { get; }

    /// <summary>Number of terms in the model's mean loss.</summary>
    public long Targets { get; }

    /// <summary>Number of examples that were truncated because they are longer than the model's context.</summary>
    public long Truncated { get; init; }

    /// <summary>
    /// Number of terms of each row in the model's mean loss, whose sum is <see cref="Targets"/>: the batch can be divided among
    /// processes. The first dimension of every tensor but numbers then counts the rows, or a multiple of them, if an example has
    /// several: row i of each block belongs to example i. Null if the batch cannot be divided.
    /// </summary>
    /// <example>
    /// A batch of 8 pairs of a better and a worse text has 8 rows and tensors with 16: the better texts, and then the worse ones.
    /// </example>
    public IReadOnlyList<long>? RowTargets { get; init; }

    /// <summary>The names of the tensors, in no particular order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The tensor with a name. The batch keeps ownership.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">The batch has no such tensor; the message lists the names it has.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"The batch has no '{name}'. It has: " +
            $"{string.Join(", ", _tensors.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Returns the tensor with a name, or null. The batch keeps ownership.</summary>
    /// <param name="name">A name.</param>
    public Tensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>
    /// Moves the tensors to a device and disposes the originals of those that moved. Copies to a GPU use pinned memory and
    /// overlap with work queued there.
    /// </summary>
    /// <param name="device">Target device.</param>
    /// <returns>This batch.</returns>
    public Batch To(torch.Device device)
    {
        foreach ((string name, Tensor tensor) in _tensors.ToArray())
        {
            // Torch keeps pinned memory alive until the copy queued from it is complete.
            using Tensor? pinned = device.type == DeviceType.CUDA && tensor.device_type == DeviceType.CPU ? tensor.pin_memory() : null;
            Tensor moved = (pinned ?? tensor).to(device, non_blocking: true);
            if (ReferenceEquals(moved, tensor))
                continue;
            _tensors[name] = moved.DetachFromDisposeScope();
            tensor.Dispose();
        }

        return this;
    }

    /// <summary>Returns some consecutive rows as a batch of their own. This batch is not changed.</summary>
    /// <param name="first">The first row, from 0.</param>
    /// <param name="count">Number of rows, at least 1.</param>
    /// <returns>Copies of the rows, on the same device. The caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">
    /// The batch has no <see cref="RowTargets"/>, or a tensor does not consist of rows.
    /// </exception>
    public Batch Rows(long first, long count)
    {
        if (RowTargets is not { Count: > 0 } targets)
            throw new InvalidOperationException("The batch cannot be divided, because its RowTargets are not set.");
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, targets.Count, nameof(count));
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        var rows = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, Tensor tensor) in _tensors)
        {
            // A number applies to all rows.
            if (tensor.ndim == 0)
            {
                rows.Add(name, tensor.clone());
                continue;
            }

            if (tensor.size(0) % targets.Count != 0)
                throw new InvalidOperationException($"The batch has {targets.Count} rows, but '{name}' has the shape " +
                    $"[{string.Join(", ", tensor.shape)}].");
            long blocks = tensor.size(0) / targets.Count;
            long[] rest = tensor.shape[1..];
            Tensor own = tensor.reshape([blocks, targets.Count, .. rest]).narrow(1, first, count);
            rows.Add(name, own.reshape([blocks * count, .. rest]).clone());
        }

        long[] ofRows = [.. targets.Skip((int)first).Take((int)count)];
        return new Batch(rows, Math.Max(1, Examples * count / targets.Count), ofRows.Sum()) { RowTargets = ofRows };
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }
}
