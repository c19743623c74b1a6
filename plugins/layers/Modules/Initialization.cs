namespace Tenon.Layers;

/// <summary>
/// Initializes parameters with torch's seeded generator. Does nothing on the meta device, and for weights that exist only in a
/// packed format.
/// </summary>
public static class Initialization
{
    /// <summary>Draws a parameter from N(0, std²).</summary>
    /// <param name="parameter">Filled in place.</param>
    /// <param name="std">Standard deviation, at least 0.</param>
    public static void Normal(Parameter parameter, double std)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (AbsentWeight.Is(parameter))
            return;
        using var noGrad = torch.no_grad();
        parameter.normal_(0, std).DetachFromDisposeScope();
    }

    /// <summary>
    /// Draws the weight of a convolution before a rectifier from N(0, 2 / n), where n is the number of weights that read one
    /// input channel: kernel size times output channels (He et al. 2015, equation 14, <c>fan_out</c>).
    /// </summary>
    /// <param name="parameter">[C', C, K, K]. Filled in place.</param>
    public static void KaimingFanOut(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Normal(parameter, Math.Sqrt(2.0 / (parameter.size(0) * parameter.size(2) * parameter.size(3))));
    }

    /// <summary>
    /// Fills a table of positions with sines and cosines of decreasing frequency (Vaswani et al. 2017, section 3.5), scaled
    /// to a root mean square. Wavelengths go from 2π to 2π times the number of positions.
    /// </summary>
    /// <param name="parameter">[positions, size]. Filled in place.</param>
    /// <param name="scale">Root mean square of the elements, at least 0.</param>
    public static void Sinusoids(Parameter parameter, double scale)
    {
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long size = parameter.size(1);
        torch.Device device = parameter.device;
        // [size / 2]
        Tensor frequencies = (torch.arange(0, size, 2, torch.ScalarType.Float32, device) * (-Math.Log(parameter.size(0)) / size)).exp();
        // [positions, size / 2]
        Tensor angles = torch.arange(0, parameter.size(0), torch.ScalarType.Float32, device).unsqueeze(1) * frequencies;
        // sin² + cos² is 1 over two elements, so the root mean square is √½.
        parameter.copy_(torch.stack([angles.sin(), angles.cos()], 2).flatten(1).narrow(1, 0, size) * (Math.Sqrt(2) * scale));
    }

    /// <summary>
    /// The standard deviation of maps that write into the residual stream: std / √(2L), because L layers with two such
    /// maps each add up there (Radford et al. 2019, section 2.3).
    /// </summary>
    /// <param name="std">Standard deviation of the other maps.</param>
    /// <param name="layers">Number of layers, L.</param>
    public static double ResidualStd(double std, int layers) => std / Math.Sqrt(2.0 * layers);
}
