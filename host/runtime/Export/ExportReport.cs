namespace Tenon.Host.Export;

/// <summary>The result of an export.</summary>
/// <param name="File">The file that was written.</param>
/// <param name="Remarks">How llama.cpp differs from Tenon with this file, one sentence each.</param>
public sealed record ExportReport(string File, IReadOnlyList<string> Remarks);
