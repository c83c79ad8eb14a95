using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Unit.Tests.Architecture;

/// <summary>
/// Which functions need to say why they are safe: those that make a pointer or go through one. Functions that only hand one on,
/// declare one, or take the size of a type are as safe as who gave it to them.
/// </summary>
internal static class UnsafeCode
{
    private const string Reason = "// SAFETY:";

    /// <summary>Whether a function makes a pointer, or reads or writes through one.</summary>
    public static bool UsesPointers(SyntaxNode function) => function.DescendantNodes(n => n == function || n is not LocalFunctionStatementSyntax).Any(n => n switch
    {
        FixedStatementSyntax => true,
        CastExpressionSyntax { Type: PointerTypeSyntax or FunctionPointerTypeSyntax } => true,
        VariableDeclarationSyntax { Type: PointerTypeSyntax } d => d.Variables.Any(v => v.Initializer?.Value is StackAllocArrayCreationExpressionSyntax),
        _ => n.IsKind(SyntaxKind.PointerIndirectionExpression) || n.IsKind(SyntaxKind.AddressOfExpression) || n.IsKind(SyntaxKind.PointerMemberAccessExpression),
    });

    /// <summary>Whether the reason stands in the function, before it, or before its type: there it holds for all of the type in this file.</summary>
    public static bool SaysWhy(SyntaxNode function) =>
        Comments(function.DescendantTrivia()).Concat(function.Ancestors().OfType<TypeDeclarationSyntax>().SelectMany(t => Comments(t.GetLeadingTrivia())))
            .Concat(function.Ancestors().OfType<BasePropertyDeclarationSyntax>().SelectMany(p => Comments(p.GetLeadingTrivia())))
            .Any(c => c.StartsWith(Reason, StringComparison.Ordinal) && c.Length > Reason.Length + 10);

    private static IEnumerable<string> Comments(IEnumerable<SyntaxTrivia> trivia) =>
        trivia.Where(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia)).Select(t => t.ToString());
}
