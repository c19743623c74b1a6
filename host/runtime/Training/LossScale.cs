using System.Text.Json.Serialization;

namespace Tenon.Host.Training;

/// <summary>
/// The factor on the loss that keeps float16 gradients from vanishing (Micikevicius et al. 2018, section 3.2): halved
/// when a gradient overflows, in which case the update is skipped, and doubled after many updates without overflow.
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

    /// <summary>Records an update with finite gradients.</summary>
    public void Succeeded()
    {
        if (++Good < Stretch)
            return;
        Good = 0;
        Factor = Math.Min(Factor * 2, Largest);
    }

    /// <summary>Halves the factor after an overflow.</summary>
    /// <returns>False if the factor is at its minimum, so the gradients themselves are not finite.</returns>
    public bool Overflowed()
    {
        Good = 0;
        if (Factor <= Smallest)
            return false;
        Factor /= 2;
        return true;
    }
}
