using Tenon.Host.Evaluation;

namespace Tenon.Host.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    // Rows: what examples are; columns: what they were taken for.
    //        a  b  c
    //   a    3  1  0
    //   b    2  4  0
    //   c    0  1  1
    private static ConfusionMatrix Matrix()
    {
        var matrix = new ConfusionMatrix(["a", "b", "c"]);
        int[,] counts = { { 3, 1, 0 }, { 2, 4, 0 }, { 0, 1, 1 } };
        for (int label = 0; label < 3; label++)
        {
            for (int predicted = 0; predicted < 3; predicted++)
            {
                for (int i = 0; i < counts[label, predicted]; i++)
                    matrix.Add(label, predicted);
            }
        }

        return matrix;
    }

    [Fact]
    public void Counts_and_accuracy_are_those_of_the_examples()
    {
        ConfusionMatrix matrix = Matrix();
        matrix.Examples.Should().Be(12);
        matrix[1, 0].Should().Be(2);
        matrix.Actual(1).Should().Be(6);
        matrix.Predicted(1).Should().Be(6);
        matrix.Accuracy.Should().BeApproximately(8 / 12.0, 1e-12);
    }

    [Fact]
    public void Macro_f1_is_the_mean_of_the_classes_f1()
    {
        ConfusionMatrix matrix = Matrix();
        matrix.Precision(0).Should().BeApproximately(3 / 5.0, 1e-12);
        matrix.Recall(0).Should().BeApproximately(3 / 4.0, 1e-12);
        matrix.F1(0).Should().BeApproximately(6 / 9.0, 1e-12);
        matrix.F1(1).Should().BeApproximately(8 / 12.0, 1e-12);
        matrix.F1(2).Should().BeApproximately(2 / 3.0, 1e-12);
        matrix.MacroF1.Should().BeApproximately(2 / 3.0, 1e-12);
    }

    [Fact]
    public void A_class_that_never_occurs_does_not_lower_macro_f1()
    {
        var matrix = new ConfusionMatrix(["a", "b", "c"]);
        matrix.Add(0, 0);
        matrix.Add(1, 0);
        matrix.MacroF1.Should().BeApproximately((2 / 3.0 + 0) / 2, 1e-12);
        matrix.F1(2).Should().Be(0);
    }
}
