// StackMerging
