using Tenon.Host.Models;

namespace Tenon.Host.Serving;

/// <summary>How the draft of a model is opened.</summary>
/// <param name="Open">Opens it on the model's thread. The engine disposes it.</param>
/// <param name="Tokens">Number of tokens to propose at a time.</param>
internal sealed record DraftOpening(Func<OpenedModel> Open, int Tokens);
