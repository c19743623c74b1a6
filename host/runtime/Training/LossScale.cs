using System.Text.Json.Serialization;

namespace Tenon.Host.Training;

/// <summary>
/// The factor on the loss that keeps float16 gradients from vanishing (Micikevicius et al. 2018, section 3.2): halved
/// when a gradient overflows, in which case the update is left out, and doubled after a long stretch without.
/// </summary>
internal sealed class LossScale
{
    private const double Smallest = 1;
    private const double Largest = 1 << 24;
    private const int Stretch = 2000;

    /// <summary>The factor.</summary>
    [JsonInclude]
    public double Factor { get; private set; } = 1 << 16;

    /// <summary>Updates since the factor last changed.</summary>
    [JsonInclude]
    public int Good { get; private set; }

    /// <summary>Notes an update whose gradients were finite.</summary>
    public void Succeeded()
    {
        if (++Good < Stretch)
            return;
        Good = 0;
        Factor = Math.Min(Factor * 2, Largest);
    }

    /// <summary>Halves the factor after an overflow.</summary>
    /// <returns>False when it is as small as it gets: the gradients themselves are not finite.</returns>
    public bool Overflowed()
    {
        Good = 0;
        if (Factor <= Smallest)
            return false;
        Factor /= 2;
        return true;
    }
}
