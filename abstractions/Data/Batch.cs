using TorchSharp;

namespace Tenon;

/// <summary>The names that tensors have in a <see cref="Batch"/>: the field's own, as in Hugging Face transformers.</summary>
public static class BatchNames
{
    /// <summary>Token ids, int64 [B, T].</summary>
    public const string InputIds = "input_ids";

    /// <summary>1 where a token counts, 0 where it is padding, int64 [B, T].</summary>
    public const string AttentionMask = "attention_mask";

    /// <summary>Position of each token in its sequence, int64 [B, T]; without it they are counted.</summary>
    public const string PositionIds = "position_ids";

    /// <summary>In packed rows the number of the sequence that a token belongs to, from 1, and 0 for padding, int64 [B, T].</summary>
    public const string SequenceIds = "sequence_ids";

    /// <summary>Segment of each token (0 or 1), int64 [B, T].</summary>
    public const string TokenTypeIds = "token_type_ids";

    /// <summary>Targets, int64: [B, T] with -100 where no loss is taken, or [B] classes.</summary>
    public const string Labels = "labels";

    /// <summary>Whether the second text follows the first, int64 [B]: 0 follows, 1 does not (as in BERT).</summary>
    public const string NextSentenceLabel = "next_sentence_label";

    /// <summary>Images, float32 [B, C, H, W], normalised as the model wants.</summary>
    public const string PixelValues = "pixel_values";

    /// <summary>Classes that condition a generator, int64 [B].</summary>
    public const string ClassLabels = "class_labels";

    /// <summary>By how much each preferred response is better, float32 [B].</summary>
    public const string Margins = "margins";

    /// <summary>The value of <see cref="Labels"/> at which no loss is taken.</summary>
    public const long Ignored = -100;
}

/// <summary>
/// Named tensors for one forward pass. Owns them: disposing the batch disposes every tensor in it. Not thread-safe.
/// </summary>
public sealed class Batch : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Takes over the tensors. They are detached from any dispose scope.</summary>
    /// <param name="tensors">By name (<see cref="BatchNames"/>); the batch owns them from here on.</param>
    /// <param name="examples">How many examples the batch holds, at least 1.</param>
    /// <param name="targets">
    /// How many terms the model's mean loss is taken over: tokens with a label, images, pixels' noise. Micro-batches
    /// are weighted by it, so that accumulation gives the loss and gradient of the one large batch.
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

    /// <summary>How many examples the batch holds.</summary>
    public long Examples { get; }

    /// <summary>How many terms the model's mean loss is taken over.</summary>
    public long Targets { get; }

    /// <summary>The names of the tensors, in no particular order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The tensor of a name; it stays the batch's.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that there are.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"The batch has no '{name}'. It has: {string.Join(", ", _tensors.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>The tensor of a name, or null when there is none; it stays the batch's.</summary>
    /// <param name="name">A name.</param>
    public Tensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>
    /// Moves the tensors to a device. Those that were elsewhere are disposed. Copies to a GPU go through pinned memory and
    /// run beside the work that is queued there.
    /// </summary>
    /// <param name="device">Where they are to be.</param>
    /// <returns>This batch.</returns>
    public Batch To(torch.Device device)
    {
        foreach ((string name, Tensor tensor) in _tensors.ToArray())
        {
            // Torch keeps pinned memory until the copy that was queued from it is done.
            using Tensor? pinned = device.type == DeviceType.CUDA && tensor.device_type == DeviceType.CPU ? tensor.pin_memory() : null;
            Tensor moved = (pinned ?? tensor).to(device, non_blocking: true);
            if (ReferenceEquals(moved, tensor))
                continue;
            _tensors[name] = moved.DetachFromDisposeScope();
            tensor.Dispose();
        }

        return this;
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }
}
