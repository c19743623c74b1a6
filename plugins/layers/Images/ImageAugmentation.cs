namespace Tenon.Layers.Images;

/// <summary>Random changes of training images that do not change their class.</summary>
/// <param name="FlipProbability">Probability of mirroring an image left to right, 0 … 1.</param>
/// <param name="CropPadding">
/// Pixels of black padding around an image, from which a part of the original size is cut at random; 0 for none. 4 is usual for
/// 32×32 pixels (He et al. 2016, section 4.2).
/// </param>
/// <param name="Rotation">Largest rotation of an image about its center, in degrees in either direction; 0 for none. Corners from
/// outside the image are black.</param>
/// <param name="Scaling">Largest change of an image's size about its center, as a fraction of the size, below 1; 0 for none.</param>
public readonly record struct ImageAugmentation(double FlipProbability = 0, int CropPadding = 0, double Rotation = 0, double Scaling = 0)
{
    /// <summary>No augmentation.</summary>
    public static ImageAugmentation None => default;

    /// <summary>Draws the changes of one image.</summary>
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
    /// The changes of one image: it is rotated by <paramref name="Angle"/> (radians) and scaled about its center, cropped
    /// <paramref name="Down"/> and <paramref name="Right"/> from its corner, then mirrored.
    /// </summary>
    internal readonly record struct Draw(bool Flip, int Down, int Right, double Angle, double Scale)
    {
        /// <summary>No change.</summary>
        public static Draw Nothing => new(false, 0, 0, 0, 1);

        /// <summary>Whether the image is neither rotated nor scaled, so that pixels stay on the grid.</summary>
        public bool OnGrid => Angle == 0 && Scale == 1;
    }
}
