using Tenon.Layers;

namespace Tenon.TextCnn;

/// <summary>
/// Filters of several widths over token embeddings, each followed by a rectifier and the maximum over time, dropout, and a linear map to
/// the classes (Kim 2014, section 2). A filter starts at each token; positions after the end of a text count as zeros.
/// </summary>
public sealed class TextCnnModel : TextClassifier, IHasCost
{
    private readonly int _contextLength;
    private readonly Embedding _embedding;
    private readonly SequenceConvolution[] _convolutions;

    internal TextCnnModel(TextCnnOptions options, BuildContext context)
        : base(
            nameof(TextCnnModel), ResolvedOptions.Value(options.Labels),
            new PaddedTexts(
                ResolvedOptions.Value(options.VocabularySize), options.ContextLength, ResolvedOptions.Value(options.PadToken)),
            ResolvedOptions.Value(options.Widths).Count * options.Filters, options.Dropout, context)
    {
        _contextLength = options.ContextLength;
        int size = options.EmbeddingSize;
        register_module("embedding", _embedding = new Embedding(ResolvedOptions.Value(options.VocabularySize), size, context));
        Initialization.Normal(_embedding.Weight, options.InitializerRange);
        _convolutions =
            [.. ResolvedOptions.Value(options.Widths).Select(width => new SequenceConvolution(size, options.Filters, width, context))];
        register_module("convolutions", torch.nn.ModuleList(_convolutions));
    }

    /// <summary>Two operations for each weight of the filters at each token. Kept: embeddings and the outputs of the filters.</summary>
    /// <inheritdoc/>
    public ModelCost Cost => new(
        "token", _contextLength, 2.0 * _convolutions.Sum(convolution => convolution.Weight.numel()),
        4.0 * (2 * _embedding.Weight.size(1) + 2 * FeatureSize));

    /// <inheritdoc/>
    protected override Tensor Features(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long rows, long length) = (inputIds.size(0), inputIds.size(1));
        Tensor x = _embedding.call(inputIds).transpose(1, 2); // [B, T] -> [B, T, E] -> [B, E, T]
        Tensor? mask = attentionMask?.unsqueeze(1).to(x.dtype); // [B, 1, T]
        if (mask is not null)
            x = x * mask;
        int longest = _convolutions.Max(convolution => convolution.Span);
        x = torch.cat([x, torch.zeros([rows, x.size(1), longest], x.dtype, x.device)], 2);
        return torch.cat([.. _convolutions.Select(Strongest)], 1).MoveToOuterDisposeScope(); // [B, widths · filters]

        // [B, filters]. Rectified outputs are at least 0, so zeros at padding do not change the maximum.
        Tensor Strongest(SequenceConvolution convolution)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            Tensor outputs = F.relu(convolution.call(x.narrow(2, 0, length + convolution.Span))).to(torch.ScalarType.Float32);
            return (mask is null ? outputs : outputs * mask).amax([2L]).MoveToOuterDisposeScope(); // [B, filters, T] -> [B, filters]
        }
    }
}
