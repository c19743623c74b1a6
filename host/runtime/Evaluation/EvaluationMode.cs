using static TorchSharp.torch;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Eval mode without gradients until disposed. The mode of each submodule is then restored individually, because a strategy may
/// keep parts of a model in eval mode. Belongs to the thread that created it.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> before = [];
    private readonly IDisposable untracked;

    /// <summary>Sets modules to eval mode.</summary>
    /// <param name="modules">The root modules.</param>
    public EvaluationMode(IEnumerable<nn.Module> modules)
    {
        foreach (nn.Module root in modules)
        {
            // Roots come first: restoring a parent also sets its children, which are then restored after it.
            before.Add((root, root.training));
            before.AddRange(root.named_modules().Select(child => (child.module, child.module.training)));
            root.eval();
        }

        untracked = no_grad();
    }

    /// <summary>Restores all modes.</summary>
    public void Dispose()
    {
        untracked.Dispose();
        foreach ((nn.Module module, bool training) in before)
            module.train(training);
    }
}
