namespace Tenon.Layers;

/// <summary>Initial values of parameters, from torch's seeded generator. On the meta device they do nothing.</summary>
public static class Initialization
{
    /// <summary>Draws a parameter from N(0, std²).</summary>
    /// <param name="parameter">Filled in place.</param>
    /// <param name="std">Standard deviation, at least 0.</param>
    public static void Normal(Parameter parameter, double std)
    {
        using var noGrad = torch.no_grad();
        parameter.normal_(0, std).DetachFromDisposeScope();
    }

    /// <summary>
    /// The standard deviation of maps that write into the residual stream: std / √(2L), because L layers with two such
    /// maps each add up there (Radford et al. 2019, section 2.3).
    /// </summary>
    /// <param name="std">Standard deviation of the other maps.</param>
    /// <param name="layers">Number of layers, L.</param>
    public static double ResidualStd(double std, int layers) => std / Math.Sqrt(2.0 * layers);
}
