namespace Tenon.Layers.Images;

/// <summary>Random changes of images while training, which leave their class as it is.</summary>
/// <param name="FlipProbability">How likely an image is mirrored left to right, 0 … 1.</param>
/// <param name="CropPadding">
/// Pixels of black that are set around an image before a part of its old size is cut out at random; 0: images stay where
/// they are. 4 is usual for 32×32 pixels (He et al., 2016, section 4.2).
/// </param>
public readonly record struct ImageAugmentation(double FlipProbability = 0, int CropPadding = 0)
{
    /// <summary>Images stay as they are.</summary>
    public static ImageAugmentation None => default;

    /// <summary>Draws what is done to one image.</summary>
    internal Draw Next(SeededRandom random)
    {
        bool flip = FlipProbability > 0 && random.NextDouble() < FlipProbability;
        if (CropPadding == 0)
            return new Draw(flip, 0, 0);
        int down = (int)random.Next(2 * CropPadding + 1) - CropPadding;
        int right = (int)random.Next(2 * CropPadding + 1) - CropPadding;
        return new Draw(flip, down, right);
    }

    /// <summary>What is done to one image: the part is cut out <paramref name="Down"/> and <paramref name="Right"/> of the image's corner, then mirrored.</summary>
    internal readonly record struct Draw(bool Flip, int Down, int Right);
}
