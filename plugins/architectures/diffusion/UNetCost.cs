namespace Tenon.Diffusion;

/// <summary>
/// Computes the cost of one image in a U-Net: the multiply-adds of convolutions, linear maps and attention, and the tensors
/// kept for the backward pass. Visits the levels as <see cref="UNet"/> does.
/// </summary>
internal sealed class UNetCost
{
    private const double BytesPerElement = 4;
    private readonly DiffusionSizes _sizes;
    private readonly bool _middleAttends;
    private double _products;
    private double _elements;

    private UNetCost(DiffusionSizes sizes, bool middleAttends) => (_sizes, _middleAttends) = (sizes, middleAttends);

    /// <summary>The cost of one image.</summary>
    /// <param name="sizes">Resolved options.</param>
    /// <param name="middleAttends">Whether the middle block has self-attention.</param>
    public static ModelCost Of(DiffusionSizes sizes, bool middleAttends)
    {
        UNetCost cost = new(sizes, middleAttends);
        cost.Walk();
        return new ModelCost("image", 1, 2 * cost._products, cost._elements * BytesPerElement);
    }

    private void Walk()
    {
        IReadOnlyList<int> channels = _sizes.BlockOutChannels;
        int layers = _sizes.LayersPerBlock;
        double pixels = (double)_sizes.Height * _sizes.Width;
        double image = _sizes.Channels, time = _sizes.TimeEmbedding;
        Stack<double> skips = new([channels[0]]);

        _products += channels[0] * time + time * time;
        Convolution(image, channels[0], 3, pixels);
        double width = channels[0];
        for (int level = 0; level < channels.Count; level++)
        {
            for (int i = 0; i < layers; i++)
            {
                Residual(width, channels[level], pixels);
                width = channels[level];
                if (_sizes.DownBlockTypes[level] == DownBlockType.AttnDownBlock2D)
                    Attention(width, pixels);
                skips.Push(width);
            }

            if (level == channels.Count - 1)
                continue;
            pixels /= 4;
            Convolution(width, width, 3, pixels);
            skips.Push(width);
        }

        Residual(width, width, pixels);
        if (_middleAttends)
            Attention(width, pixels);
        Residual(width, width, pixels);

        for (int level = channels.Count - 1; level >= 0; level--)
        {
            for (int i = 0; i <= layers; i++)
            {
                Residual(width + skips.Pop(), channels[level], pixels);
                width = channels[level];
                if (_sizes.UpBlockTypes[channels.Count - 1 - level] == UpBlockType.AttnUpBlock2D)
                    Attention(width, pixels);
            }

            if (level == 0)
                continue;
            pixels *= 4;
            Convolution(width, width, 3, pixels);
        }

        Convolution(width, image, 3, pixels);
    }

    // The input is kept for the backward pass.
    private void Convolution(double inChannels, double outChannels, int kernel, double pixels)
    {
        _products += inChannels * outChannels * kernel * kernel * pixels;
        _elements += inChannels * pixels;
    }

    // Norm and activation also keep their inputs.
    private void Residual(double inChannels, double outChannels, double pixels)
    {
        Convolution(inChannels, outChannels, 3, pixels);
        Convolution(outChannels, outChannels, 3, pixels);
        if (inChannels != outChannels)
            Convolution(inChannels, outChannels, 1, pixels);
        _products += (double)_sizes.TimeEmbedding * outChannels;
        _elements += 2 * (inChannels + outChannels) * pixels;
    }

    // Query, key, value and output maps; scores and weighted values. Input, normalized input, query, key, value and weighted
    // values are kept.
    private void Attention(double channels, double pixels)
    {
        _products += 4 * channels * channels * pixels + 2 * channels * pixels * pixels;
        _elements += 6 * channels * pixels;
    }
}
