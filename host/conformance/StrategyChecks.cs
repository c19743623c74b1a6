using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Tenon.Conformance;

using StrategyCheck = Check<StrategySubject>;

/// <summary>What every strategy promises.</summary>
public static class StrategyChecks
{
    private const int Steps = 24;

    /// <summary>The loss falls.</summary>
    public static StrategyCheck Learns { get; } = new("loss falls", "On a learnable toy the loss of the last steps is below that of the first.", subject =>
    {
        if (typeof(IPolicy).IsAssignableFrom(subject.Strategy.ModelType))
            return Verdict.Skip("It trains a policy: what it raises is a reward, and its loss need not fall.");
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        ToyRunResult result = Training(run.Train(model));
        double first = result.Losses.Take(3).Average(), last = result.Losses.TakeLast(3).Average();
        return last < first
            ? Verdict.Kept
            : Verdict.Broken(string.Create(CultureInfo.InvariantCulture, $"In {Steps} steps the loss went from {first:g4} to {last:g4}."));
    });

    /// <summary>The optimization is taken to its end.</summary>
    public static StrategyCheck Finishes { get; } = new("goes to the end", "Next is called until it says that nothing is left, and the artifact is there.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = run.Train(model);
        return Verdict.Of([
            .. result.Setup is not null && !result.Finished ? ["It ended before its optimization did: call Next until that returns false."] : Array.Empty<string>(),
            .. result.Finished && result.Losses.Count != 6 ? [$"A run of 6 steps made {result.Losses.Count}."] : Array.Empty<string>()]);
    });

    /// <summary>A resumed run equals the uninterrupted one.</summary>
    public static StrategyCheck Resumes { get; } = new("resume equals uninterrupted", "A run that was stopped and resumed ends with the same weights, bit for bit.", subject =>
    {
        using var whole = new ToyRun(subject, 8);
        using (IModel model = subject.NewModel())
            Training(whole.Train(model));
        using var parts = new ToyRun(subject, 8);
        using (IModel model = subject.NewModel())
            parts.Train(model, stopAfter: 4);
        using (IModel model = subject.NewModel())
            parts.Train(model);
        return whole.Weights().AsSpan().SequenceEqual(parts.Weights())
            ? Verdict.Kept
            : Verdict.Broken("The resumed run ends with other weights. Draw from run.Random forked by step, and keep what must last in run.State.");
    });

    /// <summary>A stop is honoured.</summary>
    public static StrategyCheck Stops { get; } = new("stop is honoured", "Asked to stop, it ends soon with an OperationCanceledException and a checkpoint.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        ToyRunResult result = Training(run.Train(model, stopAfter: 3));
        if (!result.Stopped)
            return Verdict.Broken($"It was asked to stop after step 3 and ended after step {result.Losses.Count} without an OperationCanceledException. Let the exception of Next pass.");
        return Checkpoint.Newest(run.Folder) is null ? Verdict.Broken("It was stopped and left no checkpoint.") : Verdict.Kept;
    });

    /// <summary>Only declared parameters move.</summary>
    public static StrategyCheck Declares { get; } = new("only declared parameters move", "Parameters that OptimizationSetup does not name stay as they were, and some that it names move.", subject =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IModel model = subject.NewModel();
        Dictionary<string, torch.Tensor> before = model.Module.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = run.Train(model);
        var own = model.Module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        string[] moved = [.. own.Where(p => Compare.Difference(p.Value, before[p.Key]) > 0).Select(p => p.Key)];
        // Frozen parameters need no naming: only what requires a gradient is trained.
        IEnumerable<Parameter> declared = result.Setup is null ? [] : result.Setup.Parameters?.Values ?? own.Values.Where(p => p.requires_grad);
        HashSet<IntPtr> handles = [.. declared.Select(p => p.Handle)];
        string[] strays = [.. moved.Where(name => !handles.Contains(own[name].Handle))];
        if (strays.Length > 0)
            return Verdict.Broken($"These parameters moved without being declared: {Compare.Some(strays)}.");
        return moved.Length > 0 || result.Setup is null || result.Setup.Adapter is not null || result.Setup.Parameters?.Values.Any(p => own.Values.All(o => o.Handle != p.Handle)) == true
            ? Verdict.Kept
            : Verdict.Broken("No parameter moved.");
    });

    /// <summary>A step leaves no tensor behind.</summary>
    public static StrategyCheck Frees { get; } = new("leaves no tensor behind", "From step to step no tensor is left alive.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        IReadOnlyList<long> alive = Training(run.Train(model)).Alive;
        // Without validation between them; optimizer state is there from the first step on.
        long left = alive[Steps / 2 - 2] - alive[2];
        return left <= 0 ? Verdict.Kept : Verdict.Broken($"In {Steps / 2 - 4} steps {left} tensors were left alive. Dispose what a step makes outside of the loss.");
    });

    /// <summary>The model is left as it was found.</summary>
    public static StrategyCheck Resets { get; } = new("takes its hooks away", "After the run no delta is left on a linear map, and no prompt on the model.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 2);
        run.Train(model);
        string[] deltas = [.. model.Module.named_modules().Where(m => m.module is ILinearMap { Delta: not null }).Select(m => m.name)];
        return Verdict.Of([
            .. deltas.Length > 0 ? [$"A delta is left on {Compare.Some(deltas)}."] : Array.Empty<string>(),
            .. model is IPromptTunable { Prompt: not null } ? ["A prompt is left on the model."] : Array.Empty<string>()]);
    });

    /// <summary>Validation leaves the model unchanged.</summary>
    public static StrategyCheck ChecksRequirements { get; } = new("validation changes nothing", "Validate leaves the model as it was, and each error has a message.", subject =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IModel model = subject.NewModel();
        var before = model.Module.named_parameters().Select(p => (Name: p.name, Parameter: p.parameter, Value: p.parameter.detach().clone(), p.parameter.requires_grad)).ToList();
        using var run = new ToyRun(subject, 1);
        IReadOnlyList<ValidationResult> errors = run.Validate(model);
        string[] changed = [.. before.Where(p => p.Parameter.requires_grad != p.requires_grad || Compare.Difference(p.Parameter, p.Value) > 0).Select(p => p.Name)];
        return Verdict.Of([
            .. changed.Length > 0 ? [$"These parameters were changed or frozen: {Compare.Some(changed)}."] : Array.Empty<string>(),
            .. model.Module.training ? Array.Empty<string>() : ["The model is no longer in train mode."],
            .. errors.Any(error => string.IsNullOrWhiteSpace(error.ErrorMessage)) ? ["A validation error has no message."] : Array.Empty<string>()]);
    });

    /// <summary>Afterwards it is measured as it validated.</summary>
    public static StrategyCheck Validates { get; } = new("measured as it validated", "Asked when the run is over, it gives what its last validation reported.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = Training(run.Train(model));
        if (result.Setup is { Adapter: not null } or { Selection: not null })
            return Verdict.Skip("What it results in is not the model that is left when the run is over.");
        if (result.ValidationLoss is not { } reported)
            return Verdict.Skip("It ended before its last validation.");
        double measured = run.Evaluate(model);
        return Math.Abs(measured - reported) <= 1e-6 * Math.Max(1, Math.Abs(reported))
            ? Verdict.Kept
            : Verdict.Broken(string.Create(CultureInfo.InvariantCulture,
                $"Its last validation reported {reported:g6}, and asked afterwards it measures {measured:g6}. Let {nameof(IStrategy<,>.Validation)} give the batches and the loss that OptimizationSetup has for validations."));
    });

    // A strategy that only looks at the model has no steps, and leaves the model as it was.
    private static ToyRunResult Training(ToyRunResult result) =>
        result.Setup is null ? throw new NotApplicableException("It never calls Optimize, so it trains nothing.") : result;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<StrategyCheck> All { get; } = [Learns, Finishes, Resumes, Stops, Declares, Frees, Resets, ChecksRequirements, Validates];
}
