namespace Tenon.Layers;

/// <summary>Adds up the cost of one image through a series of convolutions, for <see cref="IHasCost"/>.</summary>
/// <param name="imageSize">Height and width of the image.</param>
public sealed class ConvolutionCost(int imageSize)
{
    /// <summary>Height and width of the current feature map.</summary>
    public int Side { get; private set; } = imageSize;

    /// <summary>Multiply-adds.</summary>
    public double MultiplyAdds { get; private set; }

    /// <summary>Number of values that the convolutions output.</summary>
    public double Outputs { get; private set; }

    /// <summary>The next convolution.</summary>
    /// <param name="convolution">Applied to the current feature map.</param>
    public void Add(Convolution convolution)
    {
        AddBeside(convolution);
        Side = convolution.OutputSize(Side);
    }

    /// <summary>A convolution of the current feature map that is parallel to the main path, such as a shortcut.</summary>
    /// <param name="convolution">Applied to the current feature map.</param>
    public void AddBeside(Convolution convolution)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        int side = convolution.OutputSize(Side);
        MultiplyAdds += convolution.MultiplyAdds(side);
        Outputs += (double)side * side * convolution.OutChannels;
    }

    /// <summary>A pooling that halves height and width.</summary>
    /// <param name="roundUp">Whether odd sides are padded.</param>
    public void Pool(bool roundUp) => Side = (roundUp ? Side + 1 : Side) / 2;

    /// <summary>
    /// Bytes kept for the backward pass, with a normalization in float32 and an activation after each convolution: the convolution's
    /// output, and the activation's, also in the data type of matrix products if that is different.
    /// </summary>
    /// <param name="halved">Whether products run in 16 bits.</param>
    public double ActivationBytes(bool halved) => Outputs * (4 + 4 + (halved ? 2 + 2 : 0));
}
