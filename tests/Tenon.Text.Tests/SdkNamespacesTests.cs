using Tenon.Text.SdkDocs;

namespace Tenon.Text.Tests;

public sealed class SdkNamespacesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-namespaces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_belongs_to_the_one_namespace_that_it_describes()
    {
        string file = Path.Combine(_folder, "A.xml");
        File.WriteAllText(file, """
            <doc><members>
              <member name="T:Shop.Cart"><summary>Holds what a customer wants to buy.</summary></member>
              <member name="T:Shop.Cart.Line"><summary>One kind of goods in the cart.</summary></member>
              <member name="M:Shop.Cart.Line.Add(System.Int32)"><summary>Adds a number of goods.</summary></member>
              <member name="T:Bank.Account"><summary>Holds the money of a customer.</summary></member>
              <member name="P:Bank.Account.Name"><summary>The name of the thing.</summary></member>
              <member name="P:Shop.Cart.Name"><summary>The name of the thing.</summary></member>
            </members></doc>
            """);

        Dictionary<string, List<string>> found = SdkNamespacesData.ByNamespace([file]);

        found.Should().HaveCount(2);
        found["Shop"].Should().Equal("Holds what a customer wants to buy.", "One kind of goods in the cart.", "Adds a number of goods.");
        found["Bank"].Should().Equal("Holds the money of a customer.");
    }

    [Fact]
    public void An_SDK_without_documentation_is_reported()
    {
        Action open = () => new SdkNamespacesData()
            .Open(new SdkNamespacesOptions { Sdk = _folder }, new DataContext(_folder, new SeededRandom(1), _ => { }));

        open.Should().Throw<DataException>().WithMessage("sdk-namespaces: no documentation*Install the .NET SDK*");
    }
}
