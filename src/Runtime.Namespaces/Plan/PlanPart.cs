namespace Runtime.Namespaces.Plan;

/// <summary>A string or struct in a plan's blob.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Text">What is in it.</param>
internal readonly record struct PlanPart(int Length, string Text);
