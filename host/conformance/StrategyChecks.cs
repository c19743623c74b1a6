using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tenon.Host.Training.Checkpoints;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Tenon.Conformance;

using StrategyCheck = Check<StrategySubject>;

/// <summary>Checks of every strategy.</summary>
public static class StrategyChecks
{
    private const int Steps = 24;

    /// <summary>The loss decreases.</summary>
    public static StrategyCheck Learns { get; } =
        new("loss decreases", "On a learnable toy task the loss of the last steps is lower than that of the first steps.", subject =>
    {
        if (typeof(IPolicy).IsAssignableFrom(subject.Strategy.ModelType))
            return Verdict.Skip("The strategy trains a policy: it maximizes a reward, and its loss need not decrease.");
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        ToyRunResult result = Training(run.Train(model));
        double first = result.Losses.Take(3).Average(), last = result.Losses.TakeLast(3).Average();
        return last < first
            ? Verdict.Passed
            : Verdict.Fail(string.Create(CultureInfo.InvariantCulture, $"The loss went from {first:g4} to {last:g4} in {Steps} steps."));
    });

    /// <summary>The optimization runs to its end.</summary>
    public static StrategyCheck Finishes { get; } =
        new("runs to the end", "Next is called until it returns false, and the model is saved.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = run.Train(model);
        return Verdict.Of([
            .. result.Setup is not null && !result.Finished
                ? ["The strategy returned before the optimization ended: call Next until it returns false."] : Array.Empty<string>(),
            .. result.Finished && result.Losses.Count != 6
                ? [$"A run of 6 steps performed {result.Losses.Count}."] : Array.Empty<string>()]);
    });

    /// <summary>A resumed run equals the uninterrupted one.</summary>
    public static StrategyCheck Resumes { get; } = new("resume equals uninterrupted run",
        "A stopped and resumed run ends with the same weights as an uninterrupted one, bit for bit.", subject =>
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
            ? Verdict.Passed
            : Verdict.Fail("The resumed run ends with different weights. Draw random numbers from run.Random forked by step, and keep " +
                "state across a resume in run.State.");
    });

    /// <summary>Cancellation is honored.</summary>
    public static StrategyCheck Stops { get; } = new("cancellation is honored",
        "When cancelled, the run ends promptly with an OperationCanceledException and a checkpoint.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        ToyRunResult result = Training(run.Train(model, stopAfter: 3));
        if (!result.Stopped)
            return Verdict.Fail($"The run was cancelled after step 3 and ended after step {result.Losses.Count} without an " +
                "OperationCanceledException. Do not catch the exception that Next throws.");
        return Checkpoint.Newest(run.Folder) is null ? Verdict.Fail("The cancelled run wrote no checkpoint.") : Verdict.Passed;
    });

    /// <summary>Only declared parameters change.</summary>
    public static StrategyCheck Declares { get; } = new("only declared parameters change",
        "Parameters that OptimizationSetup does not name stay unchanged, and some that it names change.", subject =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IModel model = subject.NewModel();
        Dictionary<string, torch.Tensor> before = model.Module.named_parameters()
            .ToDictionary(p => p.name, p => p.parameter.detach().clone());
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = run.Train(model);
        var own = model.Module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        string[] moved = [.. own.Where(p => Compare.Difference(p.Value, before[p.Key]) > 0).Select(p => p.Key)];
        // Frozen parameters need not be declared: only those that require a gradient are trained.
        IEnumerable<Parameter> declared = result.Setup is null
            ? [] : result.Setup.Parameters?.Values ?? own.Values.Where(p => p.requires_grad);
        HashSet<IntPtr> handles = [.. declared.Select(p => p.Handle)];
        string[] undeclared = [.. moved.Where(name => !handles.Contains(own[name].Handle))];
        if (undeclared.Length > 0)
            return Verdict.Fail($"These parameters changed without being declared: {Compare.Some(undeclared)}.");
        return moved.Length > 0 || result.Setup is null || result.Setup.Adapter is not null
            || result.Setup.Parameters?.Values.Any(p => own.Values.All(o => o.Handle != p.Handle)) == true
            ? Verdict.Passed
            : Verdict.Fail("No parameter changed.");
    });

    /// <summary>The use of a reference model is declared.</summary>
    public static StrategyCheck Reference { get; } = new(
        "the reference model is declared", "UsesReference is true if the run uses its reference model.", subject =>
    {
        using IModel model = subject.NewModel();
        bool declared = subject.Strategy.UsesReference(subject.Options, model);
        using var run = new ToyRun(subject, 2);
        run.Train(model);
        return declared || !run.UsedReference ? Verdict.Passed
            : Verdict.Fail(
                "The run used its reference model, but UsesReference is false, so that the memory for it is not counted. " +
                $"Implement {nameof(IStrategy<,>.UsesReference)}.");
    });

    /// <summary>A step does not leak tensors.</summary>
    public static StrategyCheck Frees { get; } = new("no tensor leaks", "No tensor stays alive between steps.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, Steps);
        IReadOnlyList<long> alive = Training(run.Train(model)).Alive;
        // No validation runs in between, and the optimizer state exists from the first step.
        long left = alive[Steps / 2 - 2] - alive[2];
        return left <= 0 ? Verdict.Passed : Verdict.Fail($"After {Steps / 2 - 4} steps {left} more tensors are alive. Dispose the " +
            "tensors that a step creates outside the loss.");
    });

    /// <summary>The strategy removes its hooks from the model.</summary>
    public static StrategyCheck Resets { get; } =
        new("hooks are removed", "After the run no linear map has a delta and the model has no prompt.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 2);
        run.Train(model);
        string[] deltas = [.. model.Module.named_modules().Where(m => m.module is ILinearMap { Delta: not null }).Select(m => m.name)];
        return Verdict.Of([
            .. deltas.Length > 0 ? [$"A delta remains on {Compare.Some(deltas)}."] : Array.Empty<string>(),
            .. model is IPromptTunable { Prompt: not null } ? ["A prompt remains on the model."] : Array.Empty<string>()]);
    });

    /// <summary>Validation leaves the model unchanged.</summary>
    public static StrategyCheck ChecksRequirements { get; } =
        new("validation has no side effects", "Validate does not modify the model, and each error has a message.", subject =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IModel model = subject.NewModel();
        var before = model.Module.named_parameters()
            .Select(p => (Name: p.name, Parameter: p.parameter, Value: p.parameter.detach().clone(), p.parameter.requires_grad)).ToList();
        using var run = new ToyRun(subject, 1);
        IReadOnlyList<ValidationResult> errors = run.Validate(model);
        string[] changed = [.. before.Where(p => p.Parameter.requires_grad != p.requires_grad
            || Compare.Difference(p.Parameter, p.Value) > 0).Select(p => p.Name)];
        return Verdict.Of([
            .. changed.Length > 0 ? [$"These parameters were changed or frozen: {Compare.Some(changed)}."] : Array.Empty<string>(),
            .. model.Module.training ? Array.Empty<string>() : ["The model is no longer in train mode."],
            .. errors.Any(error => string.IsNullOrWhiteSpace(error.ErrorMessage))
                ? ["A validation error has no message."] : Array.Empty<string>()]);
    });

    /// <summary>Evaluation after the run equals the last validation.</summary>
    public static StrategyCheck Validates { get; } =
        new("evaluation equals validation", "Evaluation after the run gives the value of the last validation.", subject =>
    {
        using IModel model = subject.NewModel();
        using var run = new ToyRun(subject, 6);
        ToyRunResult result = Training(run.Train(model));
        if (result.Setup is { Adapter: not null } or { Selection: not null })
            return Verdict.Skip("The strategy's result is not the model at the end of the run.");
        if (result.ValidationLoss is not { } reported)
            return Verdict.Skip("The run ended before its last validation.");
        double measured = run.Evaluate(model);
        return Math.Abs(measured - reported) <= 1e-6 * Math.Max(1, Math.Abs(reported))
            ? Verdict.Passed
            : Verdict.Fail(string.Create(CultureInfo.InvariantCulture,
                $"The last validation reported {reported:g6}, but evaluation after the run gives {measured:g6}. " +
                $"{nameof(IStrategy<,>.Validation)} must return the validation batches and loss of OptimizationSetup."));
    });

    // A strategy that only evaluates the model has no steps and does not change it.
    private static ToyRunResult Training(ToyRunResult result) =>
        result.Setup is null ? throw new NotApplicableException("The strategy never calls Optimize, so it does not train.") : result;

    /// <summary>All strategy checks.</summary>
    public static IReadOnlyList<StrategyCheck> All { get; } =
        [Learns, Finishes, Resumes, Stops, Declares, Reference, Frees, Resets, ChecksRequirements, Validates];
}
