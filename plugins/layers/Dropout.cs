namespace Tenon.Layers;

/// <summary>Dropout (Srivastava et al. 2014) as a function, because it has no state of its own.</summary>
public static class Dropout
{
    /// <summary>
    /// Sets each element to 0 with probability p and divides the others by 1 − p. Not even called in torch when p is 0:
    /// on a CPU it costs several times a layer norm.
    /// </summary>
    /// <param name="input">Any floating-point tensor. Not disposed.</param>
    /// <param name="p">Probability, in [0, 1).</param>
    /// <param name="training">False: nothing is dropped.</param>
    /// <returns>The same object when nothing is dropped, otherwise a tensor in the current dispose scope.</returns>
    public static Tensor Apply(Tensor input, double p, bool training) =>
        p > 0 && training ? F.dropout(input, p, training: true) : input;
}
