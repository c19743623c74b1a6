namespace Tenon.Layers.Images;

/// <summary>Random changes of images while training, which leave their class as it is.</summary>
/// <param name="FlipProbability">How likely an image is mirrored left to right, 0 … 1.</param>
/// <param name="CropPadding">
/// Pixels of black that are set around an image before a part of its old size is cut out at random; 0: images stay where
/// they are. 4 is usual for 32×32 pixels (He et al., 2016, section 4.2).
/// </param>
/// <param name="Rotation">Most degrees by which an image is turned about its centre, either way; 0: none. Corners that come from outside are black.</param>
/// <param name="Scaling">Most by which an image is enlarged or reduced about its centre, as a share of its size, below 1; 0: none.</param>
public readonly record struct ImageAugmentation(double FlipProbability = 0, int CropPadding = 0, double Rotation = 0, double Scaling = 0)
{
    /// <summary>Images stay as they are.</summary>
    public static ImageAugmentation None => default;

    /// <summary>Draws what is done to one image.</summary>
    internal Draw Next(SeededRandom random)
    {
        bool flip = FlipProbability > 0 && random.NextDouble() < FlipProbability;
        int down = CropPadding == 0 ? 0 : (int)random.Next(2 * CropPadding + 1) - CropPadding;
        int right = CropPadding == 0 ? 0 : (int)random.Next(2 * CropPadding + 1) - CropPadding;
        double angle = Rotation == 0 ? 0 : Rotation * Math.PI / 180 * (2 * random.NextDouble() - 1);
        double scale = Scaling == 0 ? 1 : 1 + Scaling * (2 * random.NextDouble() - 1);
        return new Draw(flip, down, right, angle, scale);
    }

    /// <summary>
    /// What is done to one image: it is turned by <paramref name="Angle"/> (radians) and scaled about its centre, the part
    /// is cut out <paramref name="Down"/> and <paramref name="Right"/> of the image's corner, then mirrored.
    /// </summary>
    internal readonly record struct Draw(bool Flip, int Down, int Right, double Angle, double Scale)
    {
        /// <summary>The image as it is.</summary>
        public static Draw Nothing => new(false, 0, 0, 0, 1);

        /// <summary>Whether pixels stay on the grid.</summary>
        public bool OnGrid => Angle == 0 && Scale == 1;
    }
}
