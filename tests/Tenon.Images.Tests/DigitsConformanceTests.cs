using Tenon.Images.Shipped;
using Tenon.Testing;

namespace Tenon.Images.Tests;

/// <summary>What the contract asks of every source of examples.</summary>
public sealed class DigitsConformanceTests : DataTests<DigitsOptions, ImageExample>
{
    protected override IData<DigitsOptions, ImageExample> Data => new DigitsData();
}
