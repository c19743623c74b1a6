using static TorchSharp.torch;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Eval mode without gradients until disposed; each submodule then has its own mode again, since a strategy may keep
/// parts of a model in eval mode. Belongs to the thread that made it.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> before = [];
    private readonly IDisposable untracked;

    /// <summary>Puts modules into eval mode.</summary>
    /// <param name="modules">The roots.</param>
    public EvaluationMode(IEnumerable<nn.Module> modules)
    {
        foreach (nn.Module root in modules)
        {
            // The root comes first, so that setting a parent back, which sets its children too, is corrected after it.
            before.Add((root, root.training));
            before.AddRange(root.named_modules().Select(child => (child.module, child.module.training)));
            root.eval();
        }

        untracked = no_grad();
    }

    /// <summary>Puts everything back.</summary>
    public void Dispose()
    {
        untracked.Dispose();
        foreach ((nn.Module module, bool training) in before)
            module.train(training);
    }
}
