using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Catalogue;
using Tenon.Host.Components;
using Tenon.Host.Loading;
using Tenon.Host.Native;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using Tenon.Host.Training;

namespace Tenon.Host.Commands;

/// <summary>What the commands share: the screen, the options that several have, and how failures end the program.</summary>
internal sealed class Session
{
}
