namespace Tenon.Host.Processes;

/// <summary>The numbers of processes in each dimension; their product is the number of all processes.</summary>
/// <param name="Data">Groups that divide each batch.</param>
/// <param name="Tensor">Processes that divide each layer.</param>
/// <param name="Pipeline">Processes that divide the sequence of layers.</param>
internal sealed record ParallelLayout(int Data, int Tensor, int Pipeline)
{
    /// <summary>Fills in the sizes that a recipe leaves out.</summary>
    /// <param name="options">The recipe's sizes.</param>
    /// <param name="processes">Number of all processes, at least 1.</param>
    /// <param name="error">Why the sizes do not fit, with the option's key and the sizes that would; null if they fit.</param>
    /// <returns>The layout; null if the sizes do not fit.</returns>
    public static ParallelLayout? Of(ProcessOptions options, int processes, out (string Key, int Found, string Message)? error)
    {
        error = null;
        (int tensor, int pipeline) = (options.Tensor ?? 1, options.Pipeline ?? 1);
        int others = tensor * pipeline;
        if (processes % others != 0)
        {
            bool isTensor = processes % tensor != 0 || pipeline == 1;
            (string key, int size, int rest) = isTensor
                ? (ProcessOptions.TensorKey, tensor, pipeline) : (ProcessOptions.PipelineKey, pipeline, tensor);
            error = (key, size, $"is {size}, which does not divide the {processes} processes of this job" +
                $"{(rest > 1 ? $" together with {(isTensor ? ProcessOptions.PipelineKey : ProcessOptions.TensorKey)} {rest}" : "")}; " +
                $"allowed: {Divisors(processes)}.");
            return null;
        }

        int data = options.Data ?? processes / others;
        if (data * others == processes)
            return new ParallelLayout(data, tensor, pipeline);
        error = (ProcessOptions.DataKey, data,
            $"is {data}{(others > 1 ? $", times tensor {tensor} and pipeline {pipeline}" : "")}, but this job has {processes} " +
            $"process{(processes == 1 ? "" : "es")}; allowed: {processes / others}. Start {data * others} processes, or leave it out.");
        return null;
    }

    /// <summary>
    /// Returns the place of a process: data × pipeline × tensor, the last one fastest (Narayanan et al. 2021), because the processes
    /// that divide a layer exchange the most and should be on one machine.
    /// </summary>
    /// <param name="rank">Its number, from 0.</param>
    public ParallelPlace PlaceOf(int rank) => new(rank / (Pipeline * Tensor), rank / Tensor % Pipeline, rank % Tensor);

    /// <summary>Lists the numbers that divide another one.</summary>
    /// <param name="number">At least 1.</param>
    public static string Divisors(int number) => string.Join(", ", Enumerable.Range(1, number).Where(each => number % each == 0));
}

/// <summary>The place of a process in a <see cref="ParallelLayout"/>, counted from 0 in each dimension.</summary>
/// <param name="Data">The part of the batch.</param>
/// <param name="Stage">The part of the sequence of layers.</param>
/// <param name="Tensor">The part of each layer.</param>
internal sealed record ParallelPlace(int Data, int Stage, int Tensor);
