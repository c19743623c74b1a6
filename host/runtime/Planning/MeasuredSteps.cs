using System.Diagnostics;
using Tenon.Host.Events;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Host.Planning;

/// <summary>Measures the time of a recipe's training steps by running the first of them in a temporary folder.</summary>
/// <param name="components">Creates the recipe's components.</param>
internal sealed class MeasuredSteps(ComponentFactory components)
{
    // The first steps allocate memory and compile code.
    private const int WarmUpSteps = 5;
    private const int LeastSteps = 10;
    private const double LeastSeconds = 10;
    // The measurement ends the run long before.
    private const int MostSteps = 1_000_000;

    /// <summary>Returns the mean seconds of a step.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="stop">Cancels the measurement.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public double SecondsPerStep(Recipe recipe, CancellationToken stop)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-measure-");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watch = new Stopwatch();
        long measured = 0;
        try
        {
            new RunExecutor(components, new RunEvents(Observe), plots: null, Job.Alone)
                .Start(Short(recipe, folder.FullName), enough.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Enough steps were measured.
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return watch.Elapsed.TotalSeconds / measured;

        void Observe(RunEvent happened)
        {
            if (happened is not StepCompleted { Step: var step } || enough.IsCancellationRequested)
                return;
            if (step == WarmUpSteps)
                watch.Start();
            measured = step - WarmUpSteps;
            if (measured < LeastSteps || watch.Elapsed.TotalSeconds < LeastSeconds)
                return;
            watch.Stop();
            enough.Cancel();
        }
    }

    // Nothing but steps: no validation, no samples and no checkpoints before the measurement ends.
    private static Recipe Short(Recipe recipe, string folder) => recipe with
    {
        Components = [.. recipe.Components.Where(choice => choice.Kind != ComponentKind.Communicator)],
        Output = folder,
        Training = recipe.Training with { Steps = MostSteps },
        Validation = recipe.Validation with { Every = 0 },
        Checkpoints = recipe.Checkpoints with { Every = 0, Minutes = 0 },
        Samples = recipe.Samples with { Every = 0 },
    };
}
